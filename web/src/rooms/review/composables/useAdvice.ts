/** The machine's advice, only once somebody asks for it; with the policy's rows for who may read them. */
import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, watch, type Ref } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { useSession } from '@/app/session'

export function useAdvice(review: Ref<string>) {
  const session = useSession()
  const advice = shallowRef<Shape<'AdviceShown'> | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const busy = shallowRef(false)

  watch(review, () => {
    advice.value = null
    problem.value = null
  })

  async function ask(): Promise<void> {
    const asked = review.value
    busy.value = true
    problem.value = null
    try {
      const answer = await told(
        api.POST('/api/reviews/{review_id}/advice', { params: { path: { review_id: asked } } }),
      )
      if (asked === review.value) advice.value = answer
    } catch (error) {
      if (asked === review.value) problem.value = asProblem(error)
    } finally {
      busy.value = false
    }
  }

  const version = computed(() => advice.value?.policy ?? '')
  const policy = useQuery({
    queryKey: computed(() => ['policy', version.value]),
    queryFn: ({ signal }) =>
      told(
        api.GET('/api/policies/{version}', {
          params: { path: { version: version.value } },
          signal,
        }),
      ),
    enabled: computed(() => version.value !== '' && session.may('policies:read')),
    staleTime: Infinity,
    retry: false,
  })

  return {
    advice,
    problem,
    busy,
    ask,
    jdm: computed<unknown>(() => policy.data.value?.jdm ?? null),
  }
}
