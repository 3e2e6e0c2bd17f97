/** @import { Api } from './api.js' */
/** @import { Instance } from './instances.js' */
/** @import { MessageKey, Words } from './language.js' */
import { ApiError, reasonOf } from './api.js'
import { confirmRemoval } from './dialogs.js'
import { byId } from './dom.js'
import { STATUS_WORDS } from './instance-row.js'

/**
 * What can be done with an instance. Each says what became of it.
 * @param {object} parts
 * @param {Api} parts.api
 * @param {(message: string, kind: 'done' | 'failed') => void} parts.say
 * @param {() => void} parts.onUnauthorized
 * @param {() => void} parts.onDone
 * @param {() => Words} parts.getWords
 */
export function createActions({ api, say, onUnauthorized, onDone, getWords }) {
  /**
   * @param {MessageKey} what
   * @param {Instance} instance
   * @param {(instance: Instance) => Promise<string | undefined>} action answers what it did; undefined: nothing
   */
  async function act(what, instance, action) {
    try {
      const done = await action(instance)
      if (done === undefined) return
      say(done, 'done')
      onDone()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { status } = error
      const { t } = getWords()
      say(t('failed', { what: t(what, { id: instance.wire.instanceId }), why: t(reasonOf(status), { status }) }), 'failed')
      if (status === 401) onUnauthorized()
    }
  }

  /** @param {Instance} instance */
  async function takeOut({ wire: { app, instanceId: id } }) {
    await api.takeOut(app, id)
    return getWords().t('didTakeOut', { id })
  }

  /** @param {Instance} instance */
  async function restore({ wire: { app, instanceId: id } }) {
    const status = await api.restore(app, id)
    const { t } = getWords()
    return t('didRestore', { id, status: t(STATUS_WORDS[status]) })
  }

  /** @param {Instance} instance */
  async function remove({ wire: { app, instanceId: id, leaseInfo } }) {
    const { t, duration } = getWords()
    const interval = duration(leaseInfo.renewalIntervalInSecs * 1000)
    if (!(await confirmRemoval(t('confirmText', { id, app, interval })))) return undefined
    await api.remove(app, id)
    // The button that was pressed goes with its row.
    byId('instances', HTMLElement).focus({ preventScroll: true })
    return t('didRemove', { id })
  }

  return {
    /** @param {Instance} instance */
    takeOut: (instance) => void act('takeOutOf', instance, takeOut),
    /** @param {Instance} instance */
    restore: (instance) => void act('restoreOf', instance, restore),
    /** @param {Instance} instance */
    remove: (instance) => void act('removeOf', instance, remove),
  }
}
