import { type Basket, parseBasket } from './basket.ts'
import { createStore } from './store.ts'

const STORAGE_KEY = 'order-flow.basket'

const store = createStore<Basket>(parseBasket(localStorage.getItem(STORAGE_KEY)))

window.addEventListener('storage', (event) => {
  if (event.key === STORAGE_KEY) store.set(parseBasket(event.newValue))
})

/** The basket of this browser, kept over visits and shared by its tabs. */
export const useBasket = store.use

/** Changes the basket by one pure step, e.g. `(basket) => setQuantity(basket, sku, 2)`. */
export function changeBasket(step: (basket: Basket) => Basket): void {
  const next = step(store.get())
  localStorage.setItem(STORAGE_KEY, JSON.stringify(next))
  store.set(next)
}
