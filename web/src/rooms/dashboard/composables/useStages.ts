/** The stages, and writing one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told } from '@/api/client'
import { bodyOf, type StageForm } from '../stageForm'

export function useStages() {
  const query = useQuery({
    queryKey: ['stages'],
    queryFn: ({ signal }) => told(api.GET('/api/stages', { signal })),
  })
  return { query, stages: computed(() => query.data.value?.stages ?? []) }
}

export function useStageChange() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ form, version }: { form: StageForm; version: number }) =>
      told(
        api.PUT('/api/stages', {
          body: bodyOf(form),
          headers: { 'If-Match': `"${version}"` },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['stages'] }),
  })
}
