import type { ReactNode } from 'react'

/** What a list shows when there is nothing in it: why, and what to do next. */
export function Empty({ picture, title, text, children }: { picture: ReactNode; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center px-4 py-14 text-center">
      <div className="mb-5 grid size-20 place-items-center rounded-full bg-tint text-accent [&_svg]:size-9">{picture}</div>
      <p className="font-display text-xl">{title}</p>
      <p className="mt-1 text-soft">{text}</p>
      {children ? <div className="mt-6">{children}</div> : null}
    </div>
  )
}
