/** Who is signed in, and what they may do. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, told, useCsrf, whenSessionEnds, type Shape } from '@/api/client'
import { asProblem } from '@/api/problem'
import { queries } from '@/api/queries'
import { usePreferences } from './preferences'

export type Me = Shape<'MeOut'>
export type Permission = Me['permissions'][number]

export const useSession = defineStore('session', () => {
  const me = shallowRef<Me | null>(null)
  /** Whether the session ended while the page was in use: somebody must sign in again. */
  const ended = ref(false)
  const sessions = shallowRef<readonly Shape<'SessionOut'>[]>([])
  let waiting: Array<() => void> = []

  const user = computed(() => me.value?.user ?? null)
  const may = (permission: Permission): boolean =>
    me.value?.permissions.includes(permission) ?? false

  function take(signedIn: Shape<'SignedInOut'>): void {
    const changed = me.value !== null && me.value.id !== signedIn.me.id
    // Somebody else's answers are not theirs, and what waits for one of them must not go on: nor
    // may what this page still sends, until it is left, be sent in their name.
    useCsrf(changed ? '' : signedIn.csrf)
    if (changed) {
      queries.clear()
      window.location.assign('/')
      return
    }
    me.value = signedIn.me
    sessions.value = signedIn.sessions
    if (signedIn.me.user) usePreferences().welcome(signedIn.me.user.language)
    ended.value = false
    const resumed = waiting
    waiting = []
    for (const resume of resumed) resume()
  }

  /** Who is signed in by the browser's cookie, if anybody is. */
  async function resume(): Promise<void> {
    try {
      take(await told(api.GET('/api/session')))
      whenSessionEnds(reauthenticate)
    } catch (error) {
      if (asProblem(error).status !== 401) throw error
    }
  }

  async function signIn(login: string, password: string): Promise<void> {
    take(await told(api.POST('/api/session', { body: { login, password } })))
    whenSessionEnds(reauthenticate)
  }

  async function signOut(): Promise<void> {
    whenSessionEnds(null)
    try {
      await told(api.DELETE('/api/session'))
    } catch (error) {
      if (asProblem(error).status !== 401) throw error
    }
    useCsrf('')
    queries.clear()
    window.location.assign('/sign-in')
  }

  /** Asked by the client after a 401: the page stays, and waits for a new sign-in. */
  function reauthenticate(): Promise<void> {
    ended.value = true
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** Change one's own name or language. */
  async function changeMe(change: Shape<'MeChange'>): Promise<void> {
    me.value = await told(api.PATCH('/api/me', { body: change }))
  }

  return { me, user, ended, sessions, may, take, resume, signIn, signOut, changeMe }
})
