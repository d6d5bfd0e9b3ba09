/** What saved searches found since. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { readAlerts, toldAlerts } from '../api'

const LOOK_AGAIN_MS = 60_000

export function useAlerts() {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['library', 'alerts'],
    queryFn: ({ signal }) => toldAlerts(signal),
    refetchInterval: LOOK_AGAIN_MS,
  })
  const reading = useMutation({
    mutationFn: readAlerts,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['library', 'alerts'] }),
        client.invalidateQueries({ queryKey: ['library', 'searches'] }),
      ]),
  })
  return {
    query,
    alerts: computed(() => query.data.value?.alerts ?? []),
    unread: computed(() => query.data.value?.unread ?? 0),
    readAll: () => reading.mutate(),
    reading: reading.isPending,
  }
}
