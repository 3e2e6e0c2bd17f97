import type { ReactNode } from 'react'

interface EmptyProps {
  picture: ReactNode
  title: string
  text: string
  /** True when this is all of a page: the title is then the page's heading. */
  wholePage?: boolean
  children?: ReactNode
}

/** What a list or a page shows when there is nothing in it: why, and what to do next. */
export function Empty({ picture, title, text, wholePage = false, children }: EmptyProps) {
  const Title = wholePage ? 'h1' : 'p'
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center px-4 py-14 text-center">
      <div className="mb-5 grid size-20 place-items-center rounded-full bg-tint text-accent [&_svg]:size-9">{picture}</div>
      <Title className="font-display text-xl">{title}</Title>
      <p className="mt-1 text-soft">{text}</p>
      {children ? <div className="mt-6">{children}</div> : null}
    </div>
  )
}
