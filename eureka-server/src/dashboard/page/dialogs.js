/** @import { Words } from './language.js' */
import { byId, setText } from './dom.js'

/**
 * Asks before something is done that cannot be undone.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export function confirmRemoval(text) {
  const dialog = byId('confirm', HTMLDialogElement)
  setText(byId('confirm-text', HTMLElement), text)
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes')
    dialog.returnValue = ''
    byId('confirm-yes', HTMLButtonElement).onclick = () => dialog.close('yes')
    byId('confirm-no', HTMLButtonElement).onclick = () => dialog.close('')
    dialog.showModal()
  })
}

/**
 * The sign-in. `tryIt` answers why not, or undefined when it went well; then the dialog closes.
 * @param {(user: string, password: string) => Promise<string | undefined>} tryIt
 */
export function createSignIn(tryIt) {
  const dialog = byId('sign-in-dialog', HTMLDialogElement)
  const user = byId('user', HTMLInputElement)
  const password = byId('password', HTMLInputElement)
  const problem = byId('sign-in-problem', HTMLElement)
  const submit = byId('sign-in-submit', HTMLButtonElement)

  byId('sign-in-cancel', HTMLButtonElement).onclick = () => dialog.close()
  byId('sign-in-form', HTMLFormElement).onsubmit = async (event) => {
    event.preventDefault()
    submit.disabled = true
    const why = await tryIt(user.value, password.value)
    submit.disabled = false
    setText(problem, why ?? '')
    if (why === undefined) dialog.close()
    else password.select()
  }
  dialog.onclose = () => {
    password.value = ''
    setText(problem, '')
  }

  return {
    open() {
      if (dialog.open) return
      dialog.showModal()
      user.focus()
    },
  }
}

const MESSAGE_MS = 8000

/** Says what became of an action; a failure stays until it is closed, or something else is said. */
export function createNotice() {
  const notice = byId('notice', HTMLElement)
  const text = byId('notice-text', HTMLElement)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const close = byId('notice-close', HTMLButtonElement)
  const hide = () => {
    // The text stays in the tree, empty: only a change of what is there is read aloud.
    notice.dataset.kind = ''
    setText(text, '')
    close.hidden = true
  }
  close.onclick = hide

  return {
    /**
     * @param {string} message
     * @param {'done' | 'failed'} kind
     */
    say(message, kind) {
      clearTimeout(timer)
      close.hidden = false
      notice.dataset.kind = kind
      setText(text, message)
      if (kind === 'done') timer = setTimeout(hide, MESSAGE_MS)
    },
  }
}
