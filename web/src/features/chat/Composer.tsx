import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { SendIcon } from '../../ui/icons.tsx'

const MAX_CHARACTERS = 4000

/** Where a message is written: Enter sends, Shift+Enter begins a new line. */
export function Composer({ busy = false, onSend }: { busy?: boolean; onSend: (body: string) => void }) {
  const { t } = useTranslation()
  const [body, setBody] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)
  useEffect(() => input.current?.focus({ preventScroll: true }), [])

  const send = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault()
    if (busy || body.trim() === '') return
    onSend(body.trim())
    setBody('')
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While Hangul is being composed, Enter only ends the syllable.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
  }
  return (
    <form onSubmit={send} className="flex items-end gap-2 border-line border-t p-3">
      <textarea
        ref={input}
        data-testid="chat-input"
        aria-label={t('chat.input')}
        placeholder={t('chat.input')}
        rows={1}
        maxLength={MAX_CHARACTERS}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-36 min-h-11 flex-1 resize-none rounded-2xl border border-line bg-paper px-3.5 py-2.5 text-base placeholder:text-soft"
      />
      <button
        type="submit"
        data-testid="chat-send"
        aria-label={t('chat.send')}
        disabled={busy || body.trim() === ''}
        className="grid size-11 shrink-0 place-items-center rounded-full bg-accent text-on-accent hover:bg-accent-deep disabled:opacity-45"
      >
        <SendIcon />
      </button>
    </form>
  )
}
