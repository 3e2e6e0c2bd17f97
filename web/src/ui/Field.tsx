import { type ComponentProps, useId } from 'react'

/** A labelled text field with an optional hint. */
export function Field({ label, hint, ...input }: ComponentProps<'input'> & { label: string; hint?: string | undefined }) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="min-h-11 w-full rounded-xl border border-line bg-surface px-3.5 py-2 text-base placeholder:text-soft hover:border-soft"
      />
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-soft text-sm">
          {hint}
        </p>
      ) : null}
    </div>
  )
}
