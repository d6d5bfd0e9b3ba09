/** Entries of the record, page by page; their filters stand in the address. */
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, told, type Shape } from '@/api/client'
import { asProblem } from '@/api/problem'
import { askedOf, filtersIn, queryOf, type Filters } from '../filters'

export type Entry = Shape<'EntryShown'>

const ROWS = 50
const ROWS_OF_STORY = 200

export function useFilters() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed<Filters>(() => filtersIn(route.query))
  const seek = (next: Filters): void => void router.push({ query: queryOf(next) })
  return { filters, seek }
}

export function useEntries(filters: Ref<Filters>) {
  const query = useInfiniteQuery({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam, signal }) =>
      told(
        api.GET('/api/audit', {
          params: { query: { ...askedOf(filters.value), limit: ROWS, after: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const entries = computed(() => query.data.value?.pages.flatMap((page) => page.entries) ?? [])
  return { query, entries }
}

/** All that happened to one subject, in its order. */
export function useStory(subject: Ref<string>) {
  const query = useInfiniteQuery({
    queryKey: ['audit', 'story', subject],
    queryFn: ({ pageParam, signal }) =>
      told(
        api.GET('/api/audit', {
          params: {
            query: {
              subject: subject.value,
              newest_first: false,
              limit: ROWS_OF_STORY,
              after: pageParam,
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const entries = computed(() => query.data.value?.pages.flatMap((page) => page.entries) ?? [])
  return { query, entries }
}

export function useProof(seq: Ref<number>) {
  return useQuery({
    queryKey: ['audit', 'proof', seq],
    queryFn: ({ signal }) =>
      told(api.GET('/api/audit/{seq}/proof', { params: { path: { seq: seq.value } }, signal })),
    retry: (failures, error) => failures < 2 && asProblem(error).status === 0,
  })
}
