import './styles.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import { Shop } from './app/Shop.tsx'
import { startLanguage } from './i18n/language.ts'
import { createQueries } from './queries.ts'
import { Toaster } from './ui/Toaster.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no element with the id root.')

await startLanguage()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueries()}>
      <BrowserRouter>
        <Toaster>
          <Shop />
        </Toaster>
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
)
