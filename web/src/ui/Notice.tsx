import type { ReactNode } from 'react'

const TONES = {
  bad: 'bg-bad-tint text-bad',
  wait: 'bg-wait-tint text-wait',
  good: 'bg-good-tint text-good',
  calm: 'bg-tint text-ink',
} as const

/** A boxed sentence or two; bad ones are read out at once. */
export function Notice({ tone, title, children }: { tone: keyof typeof TONES; title?: string | undefined; children: ReactNode }) {
  return (
    <div role={tone === 'bad' ? 'alert' : 'status'} className={`rounded-2xl px-4 py-3 ${TONES[tone]}`}>
      {title ? <p className="font-semibold">{title}</p> : null}
      <div className="text-sm">{children}</div>
    </div>
  )
}
