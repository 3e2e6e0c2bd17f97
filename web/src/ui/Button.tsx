import type { ComponentProps } from 'react'

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-deep',
  quiet: 'border border-line bg-surface text-ink enabled:hover:border-accent enabled:hover:text-accent',
  bare: 'text-accent hover:bg-sunken',
  danger: 'border border-bad/40 bg-surface text-bad hover:bg-bad-tint',
} as const

export type ButtonLook = keyof typeof LOOKS

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = 'primary', more = ''): string {
  return `inline-flex min-h-11 items-center justify-center gap-2 rounded-full px-5 py-2 text-center font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 ${LOOKS[look]} ${more}`
}

/** A push button; `busy` disables it and shows that something is under way. */
export function Button({
  look = 'primary',
  busy = false,
  className = '',
  children,
  ...rest
}: ComponentProps<'button'> & { look?: ButtonLook; busy?: boolean }) {
  return (
    <button type="button" {...rest} disabled={busy || rest.disabled} aria-busy={busy || undefined} className={buttonClass(look, className)}>
      {busy ? <span aria-hidden="true" className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent" /> : null}
      {children}
    </button>
  )
}
