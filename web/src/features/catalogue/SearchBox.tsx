import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import { CloseIcon, SearchIcon } from '../../ui/icons.tsx'

const TYPING_PAUSE_MS = 350

/** The search of the shop: results follow the typing on the catalogue, elsewhere Enter leads there. */
export function SearchBox() {
  const { t } = useTranslation()
  const [parameters] = useSearchParams()
  const navigate = useNavigate()
  const onCatalogue = useLocation().pathname === '/'
  const current = onCatalogue ? (parameters.get('search') ?? '') : ''
  const [text, setText] = useState(current)
  useEffect(() => setText(current), [current])

  const search = (words: string, replace: boolean) => {
    const query = new URLSearchParams(onCatalogue ? parameters : {})
    if (words.trim() === '') query.delete('search')
    else query.set('search', words.trim())
    void navigate({ pathname: '/', search: query.toString() }, { replace })
  }

  useEffect(() => {
    if (!onCatalogue || text.trim() === current) return
    const timer = setTimeout(() => search(text, true), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  })

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    search(text, onCatalogue)
  }

  return (
    <search className="w-full">
      <form onSubmit={onSubmit} className="relative">
        <SearchIcon className="pointer-events-none absolute top-1/2 left-3.5 size-4.5 -translate-y-1/2 text-soft" />
        <input
          data-testid="search-input"
          type="search"
          enterKeyHint="search"
          maxLength={100}
          aria-label={t('catalogue.search')}
          placeholder={t('catalogue.search')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-11 w-full rounded-full border border-line bg-surface pr-11 pl-10 text-base placeholder:text-soft hover:border-soft [&::-webkit-search-cancel-button]:hidden"
        />
        {text === '' ? null : (
          <button
            type="button"
            aria-label={t('catalogue.clearSearch')}
            onClick={() => {
              setText('')
              if (onCatalogue) search('', true)
            }}
            className="absolute top-1 right-1 grid size-9 place-items-center rounded-full text-soft hover:bg-sunken"
          >
            <CloseIcon className="size-4" />
          </button>
        )}
      </form>
    </search>
  )
}
