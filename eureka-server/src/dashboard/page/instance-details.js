/** @import { Instance } from './instances.js' */
/** @import { Words } from './language.js' */
import { el } from './dom.js'
import { safeLink } from './instances.js'

/**
 * What is only wanted now and then: addresses, times and metadata.
 * @param {Instance} instance
 * @param {Words} words
 * @param {number} nowMs
 */
export function instanceDetails({ wire }, words, nowMs) {
  const { t } = words
  const { leaseInfo } = wire
  const metadata = Object.entries(wire.metadata).filter(([key]) => key !== '@class')
  const facts = list([
    [t('hostName'), wire.hostName],
    [t('address'), wire.ipAddr],
    [t('port'), enabledPort(wire.port)],
    [t('securePort'), enabledPort(wire.securePort)],
    [t('vip'), wire.vipAddress],
    [t('secureVip'), wire.secureVipAddress],
    [t('homePage'), link(wire.homePageUrl)],
    [t('statusPage'), link(wire.statusPageUrl)],
    [t('healthCheck'), link(wire.healthCheckUrl)],
    [t('interval'), words.duration(leaseInfo.renewalIntervalInSecs * 1000)],
    [t('duration'), words.duration(leaseInfo.durationInSecs * 1000)],
    [t('upSince'), leaseInfo.serviceUpTimestamp === 0 ? undefined : words.time(leaseInfo.serviceUpTimestamp, nowMs)],
    [t('dataCenterName'), wire.dataCenterInfo.name],
  ])
  const metadataPart = metadata.length === 0 ? el('p', { class: 'soft' }, t('none')) : list(metadata)
  return el('div', { class: 'details-body' }, facts, el('div', {}, el('h3', {}, t('metadata')), metadataPart))
}

/** @param {readonly (readonly [string, Node | string | undefined])[]} entries those without a value are left out */
function list(entries) {
  const present = entries.filter(([, value]) => value !== undefined && value !== '')
  return el('dl', { class: 'facts' }, ...present.map(([term, value]) => el('div', {}, el('dt', {}, term), el('dd', {}, value ?? ''))))
}

/** @param {{ $: number, '@enabled': string }} port */
function enabledPort(port) {
  return port['@enabled'] === 'true' ? String(port.$) : undefined
}

/** @param {string | undefined} text */
function link(text) {
  const href = safeLink(text)
  return href === undefined ? text : el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, href)
}
