/** Policies on the server: versions, one with its tables, what may be said, what differs. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, told, type Shape } from '@/api/client'
import type { Jdm } from '../jdm'

export type Version = Shape<'VersionShown'>
export type Policy = Shape<'PolicyShown'>
export type Fact = Shape<'FactShown'>
export type Fault = Shape<'FaultShown'>
export type Vocabulary = Shape<'VocabularyShown'>
export type Trial = Shape<'TrialShown'>
export type TableChange = Shape<'TableChangeShown'>
export type Act = Version['possible'][number]

const ROOM = 'policies'

export function useShelf() {
  const query = useInfiniteQuery({
    queryKey: [ROOM, 'list'],
    queryFn: ({ pageParam }) =>
      told(api.GET('/api/policies', { params: { query: { before: pageParam } } })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  })
  const versions = computed(() => query.data.value?.pages.flatMap((page) => page.versions) ?? [])
  const first = computed(() => query.data.value?.pages[0])
  return { query, versions, first }
}

export const usePolicy = (version: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => [ROOM, 'version', toValue(version)]),
    queryFn: () =>
      told(api.GET('/api/policies/{version}', { params: { path: { version: toValue(version) } } })),
  })

export const useVocabulary = () =>
  useQuery({
    queryKey: [ROOM, 'vocabulary'],
    queryFn: () => told(api.GET('/api/policies/vocabulary')),
    staleTime: Infinity,
  })

/** What differs in `after` from `before`; idle while one is not named. */
export const useDiff = (
  before: MaybeRefOrGetter<string | null>,
  after: MaybeRefOrGetter<string | null>,
) =>
  useQuery({
    queryKey: computed(() => [ROOM, 'diff', toValue(before), toValue(after)]),
    enabled: computed(() => Boolean(toValue(before)) && Boolean(toValue(after))),
    staleTime: Infinity,
    queryFn: () =>
      told(
        api.GET('/api/policies/{a}/diff/{b}', {
          params: { path: { a: toValue(before) ?? '', b: toValue(after) ?? '' } },
        }),
      ),
  })

/** What unkept tables change in a version; a mistake in them is thrown. */
export const compareWith = (before: string, jdm: Jdm) =>
  told(
    api.POST('/api/policies/compare', {
      params: { query: { a: before } },
      body: { jdm: plain(jdm) },
    }),
  )

export const check = (jdm: Jdm, signal: AbortSignal) =>
  told(api.POST('/api/policies/check', { body: { jdm: plain(jdm) }, signal }))

export interface Asked {
  limit: number
  days: number
}

/** Past decisions judged again by a version, or by tables that nobody kept yet. */
export const tryOut = (what: { version: string } | { jdm: Jdm }, asked: Asked) => {
  const body = 'jdm' in what ? { jdm: plain(what.jdm), ...asked } : { ...what, ...asked }
  return told(api.POST('/api/policies/trial', { body }))
}

export function useKeepDraft() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (asked: { jdm: Jdm; note: string; based_on: string }) =>
      told(api.POST('/api/policies', { body: { ...asked, jdm: plain(asked.jdm) } })),
    onSuccess: () => client.invalidateQueries({ queryKey: [ROOM] }),
  })
}

/** Propose, withdraw, publish. replaces: the version that was seen in force. */
export function useAct(version: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ act, note, replaces }: { act: Act; note: string; replaces: string | null }) => {
      const params = { path: { version: toValue(version) } }
      if (act === 'publish')
        return told(
          api.POST('/api/policies/{version}/publish', { params, body: { note, replaces } }),
        )
      const body = { note }
      if (act === 'propose')
        return told(api.POST('/api/policies/{version}/propose', { params, body }))
      return told(api.POST('/api/policies/{version}/withdraw', { params, body }))
    },
    onSettled: () => client.invalidateQueries({ queryKey: [ROOM] }),
  })
}

const plain = (jdm: Jdm): Record<string, unknown> => ({ ...jdm })
