/** What waits for whoever is signed in: reviews, appeals, questions about their claims, notices. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told } from '@/api/client'
import { useSession } from '../session'
import { useNotices } from './useNotices'

export interface Waiting {
  name: 'reviews' | 'appeals' | 'asked' | 'notices'
  count: number
  /** Whether there may be more than were counted. */
  more: boolean
  to: string
}

const ASKED_MAX = 50
const COUNTED_MAX = 1000

export function useWaiting() {
  const session = useSession()
  const reviews = useQuery({
    queryKey: ['home', 'reviews'],
    queryFn: () => told(api.GET('/api/reviews', { params: { query: { limit: 1 } } })),
    enabled: session.may('reviews:decide'),
    refetchOnWindowFocus: true,
  })
  const asked = useQuery({
    queryKey: ['home', 'asked'],
    queryFn: () =>
      told(
        api.GET('/api/claims', {
          params: { query: { status: 'asked', mine: true, limit: ASKED_MAX } },
        }),
      ),
    enabled: session.may('claims:submit'),
    refetchOnWindowFocus: true,
  })
  const { unread } = useNotices()

  const waiting = computed<Waiting[]>(() => {
    const counts = reviews.data.value?.counts
    const questions = asked.data.value
    const all: Waiting[] = [
      {
        name: 'asked',
        count: questions?.claims.length ?? 0,
        more: Boolean(questions?.next),
        to: '/claims?status=asked',
      },
      {
        name: 'reviews',
        count: counts?.decide ?? 0,
        more: counts?.decide === COUNTED_MAX,
        to: '/review',
      },
      {
        name: 'appeals',
        count: counts?.appeal ?? 0,
        more: counts?.appeal === COUNTED_MAX,
        to: '/review?purpose=appeal',
      },
    ]
    return all.filter((each) => each.count > 0)
  })
  const pending = computed(() => reviews.isLoading.value || asked.isLoading.value)
  const failed = computed(() => reviews.error.value ?? asked.error.value)
  const retry = (): void => {
    if (reviews.isError.value) void reviews.refetch()
    if (asked.isError.value) void asked.refetch()
  }
  return { waiting, unread, pending, failed, retry }
}
