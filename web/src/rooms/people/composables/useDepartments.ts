/** All departments: for their tree, and to choose one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { useNames } from '@/ui/names'
import { ifMatch } from '../etag'
import { linesOf, type Department } from '../tree'

const DEPARTMENTS = ['people', 'departments'] as const

export function useDepartments() {
  const client = useQueryClient()
  const names = useNames()
  const query = useQuery({
    queryKey: DEPARTMENTS,
    queryFn: () => told(api.GET('/api/departments')),
  })
  const departments = computed(() => query.data.value?.departments ?? [])
  const lines = computed(() => linesOf(departments.value))
  const refresh = () => client.invalidateQueries({ queryKey: DEPARTMENTS })

  const adding = useMutation({
    mutationFn: (body: Shape<'DepartmentBody'>) => told(api.POST('/api/departments', { body })),
    onSuccess: refresh,
  })
  const changing = useMutation({
    mutationFn: ({
      department,
      body,
    }: {
      department: Department
      body: Shape<'DepartmentChangeBody'>
    }) =>
      told(
        api.PATCH('/api/departments/{department_id}', {
          params: {
            path: { department_id: department.id },
            header: ifMatch(department.version),
          },
          body,
        }),
      ),
    onSuccess: (department) => {
      names.forget(department.id)
      return refresh()
    },
  })
  return { query, departments, lines, adding, changing, refresh }
}
