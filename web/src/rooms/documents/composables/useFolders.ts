/** The folders within reach. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { toldFolders, type FolderShown } from '../api'
import { flatTree, treeOf, wayTo } from '../shelf/folderTree'
import { useFolderNames } from './useFolderNames'

export function useFolders(here?: Ref<string | null>) {
  const { locale } = useI18n({ useScope: 'global' })
  const client = useQueryClient()
  const { folderNamed } = useFolderNames()
  const query = useQuery({
    queryKey: ['library', 'folders'],
    queryFn: ({ signal }) => toldFolders(signal),
    staleTime: 15_000,
  })
  const all = computed<FolderShown[]>(() =>
    (query.data.value ?? []).map((each) => ({
      ...each,
      name: folderNamed(each.name),
      path: each.path.map(folderNamed),
    })),
  )
  const tree = computed(() => treeOf(all.value, locale.value))
  return {
    query,
    all,
    tree,
    flat: computed(() => flatTree(tree.value)),
    way: computed(() => wayTo(all.value, here?.value ?? null)),
    folder: computed(() => all.value.find((each) => each.id === here?.value) ?? null),
    freshen: () => client.invalidateQueries({ queryKey: ['library'] }),
  }
}
