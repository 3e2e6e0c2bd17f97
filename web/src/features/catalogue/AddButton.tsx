import type { Product } from '@order-flow/contracts'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addToBasket } from '../../basket.ts'
import { changeBasket } from '../../basket-store.ts'
import { Button, type ButtonLook } from '../../ui/Button.tsx'
import { CheckIcon } from '../../ui/icons.tsx'

const THANKS_MS = 1600

interface AddButtonProps {
  product: Product
  quantity?: number
  look?: ButtonLook
  className?: string
}

/** Puts a product in the basket and says so for a moment. */
export function AddButton({ product, quantity = 1, look = 'primary', className = '' }: AddButtonProps) {
  const { t } = useTranslation()
  const [added, setAdded] = useState(false)
  useEffect(() => {
    if (!added) return
    const timer = setTimeout(() => setAdded(false), THANKS_MS)
    return () => clearTimeout(timer)
  }, [added])
  const soldOut = product.available === 0
  const label = soldOut ? t('catalogue.soldOut') : added ? t('catalogue.added') : t('catalogue.add')
  return (
    <Button
      data-testid="add-to-basket"
      look={added ? 'primary' : look}
      disabled={soldOut}
      aria-label={soldOut || added ? label : t('catalogue.addOf', { name: product.name })}
      className={className}
      onClick={() => {
        changeBasket((basket) => addToBasket(basket, product, quantity))
        setAdded(true)
      }}
    >
      {added ? <CheckIcon className="size-4" /> : null}
      {label}
    </Button>
  )
}
