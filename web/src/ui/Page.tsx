import { type ReactNode, useEffect } from 'react'

/** A page's frame: its heading, and its title in the browser's tab. */
export function Page({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  useTitle(title)
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 sm:py-10">
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <h1 className="font-display text-3xl sm:text-4xl">{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  )
}

/** Sets the browser's tab title while the page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === 'Order Flow' ? title : `${title} · Order Flow`
  }, [title])
}
