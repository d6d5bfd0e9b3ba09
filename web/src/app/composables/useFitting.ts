/** How many new documents fit somebody's saved searches: told wherever they are. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told } from '@/api/client'
import { useSession } from '../session'

const POLL_MS = 60_000

export function useFitting() {
  const session = useSession()
  // By the key of the documents' room, which asks for the same: what comes is known to both.
  const query = useQuery({
    queryKey: ['library', 'alerts'],
    queryFn: ({ signal }) => told(api.GET('/api/library/alerts', { signal })),
    refetchInterval: POLL_MS,
    enabled: computed(() => session.may('library:read')),
  })
  return { fitting: computed(() => query.data.value?.unread ?? 0) }
}
