// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { csrfHeader } from '@/api/client'
import { useSession } from './session'

type SignedIn = Parameters<ReturnType<typeof useSession>['take']>[0]

const as = (id: string, csrf: string): SignedIn =>
  ({ csrf, me: { id, user: null, permissions: [] }, sessions: [] }) as unknown as SignedIn

beforeEach(() => setActivePinia(createPinia()))

it('sends nothing of this page in the name of another person who signs in', () => {
  const left = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined)
  const session = useSession()
  session.take(as('usr_a', 'token-a'))
  expect(csrfHeader()).toEqual({ 'X-CSRF-Token': 'token-a' })
  session.take(as('usr_a', 'token-b'))
  expect(csrfHeader()).toEqual({ 'X-CSRF-Token': 'token-b' })
  expect(left).not.toHaveBeenCalled()
  session.take(as('usr_b', 'token-c'))
  expect(left).toHaveBeenCalledWith('/')
  expect(csrfHeader()).toEqual({})
  expect(session.me?.id).toBe('usr_a')
})
