/** The tags in use, the most used first. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { toldTags } from '../api'

const KEPT_MS = 30_000

export function useTags() {
  const query = useQuery({
    queryKey: ['library', 'tags'],
    queryFn: ({ signal }) => toldTags(signal),
    staleTime: KEPT_MS,
  })
  return computed(() => query.data.value ?? [])
}
