/** Unsaved changes, kept by the browser for whoever made them until they are saved or dropped. */
import { canonical, jdmOf, type Jdm } from './jdm'

export interface Draft {
  jdm: Jdm
  savedAt: string
}

const key = (user: string, version: string): string => `yuepi.policy.${user}.${version}`

export function keptDraft(user: string, version: string, storage: Storage): Draft | null {
  try {
    const text = storage.getItem(key(user, version))
    if (text === null) return null
    const found = JSON.parse(text) as Partial<Draft>
    return { jdm: jdmOf(found.jdm), savedAt: String(found.savedAt ?? '') }
  } catch {
    return null
  }
}

/** Whether it could be kept: a browser may be full, or refuse. */
export function keepDraft(
  user: string,
  version: string,
  jdm: Jdm,
  now: Date,
  storage: Storage,
): boolean {
  try {
    storage.setItem(
      key(user, version),
      `{"savedAt":"${now.toISOString()}","jdm":${canonical(jdm)}}`,
    )
    return true
  } catch {
    return false
  }
}

export function dropDraft(user: string, version: string, storage: Storage): void {
  try {
    storage.removeItem(key(user, version))
  } catch {
    // A browser that keeps nothing has nothing to drop.
  }
}
