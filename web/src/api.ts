import { createHttpClient } from '@order-flow/client'

/** The one client of the page: same origin, signed in by cookies that scripts cannot read. */
export const client = createHttpClient({
  baseUrl: '',
  // Tabs share the cookies: two renewals at once would make one of them use a token that the other has just spent.
  exclusively: (run) => (navigator.locks ? navigator.locks.request('order-flow.refresh', run) : run()),
})
