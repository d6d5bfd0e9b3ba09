/** A right or an event in words: its own name where it is newer than this page. */
import { words } from './words'

type Told = (key: string) => string

const worded = (t: Told, group: 'permissions' | 'eventNames', name: string): string => {
  const key = name.replace(/[:.]/g, '_')
  return key in words.en[group] ? t(`${group}.${key}`) : name
}

export const permissionWord = (t: Told, permission: string): string =>
  worded(t, 'permissions', permission)

export const eventWord = (t: Told, event: string): string =>
  event === '*' ? t('webhooks.every') : worded(t, 'eventNames', event)
