/** The numbers of a period and department, which both stand in the address. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, told, type Shape } from '@/api/client'

export type Numbers = Shape<'NumbersShown'>
export const PERIODS = [7, 30, 90] as const
export type Period = (typeof PERIODS)[number]

const USUAL: Period = 30
const AGAIN_MS = 30_000

export function usePeriod() {
  const route = useRoute()
  const router = useRouter()
  const one = (name: string): string => {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }
  const put = (name: string, value: string): void =>
    void router.replace({ query: { ...route.query, [name]: value || undefined } })
  const days = computed<Period>({
    get: () => PERIODS.find((each) => String(each) === one('days')) ?? USUAL,
    set: (chosen) => put('days', chosen === USUAL ? '' : String(chosen)),
  })
  const department = computed<string>({
    get: () => one('department'),
    set: (chosen) => put('department', chosen),
  })
  return { days, department }
}

export function useNumbers() {
  const { days, department } = usePeriod()
  const query = useQuery({
    queryKey: ['numbers', days, department],
    queryFn: ({ signal }) =>
      told(
        api.GET('/api/numbers', {
          params: { query: { days: days.value, department: department.value || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
  })
  return { query, numbers: query.data, days, department }
}

export function useDepartments() {
  const query = useQuery({
    queryKey: ['departments'],
    queryFn: () => told(api.GET('/api/departments')),
  })
  return computed(() => query.data.value?.departments ?? [])
}
