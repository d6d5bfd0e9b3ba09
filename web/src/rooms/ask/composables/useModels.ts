/** Who can be asked, and who is chosen (the browser remembers). */
import { useQuery } from '@tanstack/vue-query'
import { useStorage } from '@vueuse/core'
import { computed } from 'vue'
import { readModels } from '../talk/models'

const FRESH_MS = 60_000

export function useModels() {
  const query = useQuery({ queryKey: ['ask', 'models'], queryFn: readModels, staleTime: FRESH_MS })
  const wanted = useStorage('yuepi.ask.model', '')
  const models = computed(() => query.data.value ?? [])
  const model = computed(
    () => models.value.find((each) => each.id === wanted.value) ?? models.value[0] ?? null,
  )
  const choose = (id: string): void => {
    wanted.value = id
  }
  return { query, models, model, choose }
}
