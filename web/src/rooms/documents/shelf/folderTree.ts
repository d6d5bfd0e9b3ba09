/** Folders as a tree. Pure. */
import type { FolderShown } from '../api'

export interface FolderNode {
  folder: FolderShown
  below: FolderNode[]
  /** Documents in it and in all below it. */
  documents: number
}

/** The tree by names. A folder whose parent is out of reach stands at the root. */
export function treeOf(folders: readonly FolderShown[], language: string): FolderNode[] {
  const known = new Set(folders.map((each) => each.id))
  const order = new Intl.Collator(language, { numeric: true })
  const children = new Map<string | null, FolderShown[]>()
  for (const each of folders) {
    const parent = each.parent !== null && known.has(each.parent) ? each.parent : null
    children.set(parent, [...(children.get(parent) ?? []), each])
  }
  const below = (parent: string | null): FolderNode[] =>
    (children.get(parent) ?? [])
      .sort((a, b) => order.compare(a.name, b.name))
      .map((folder) => {
        const nodes = below(folder.id)
        const documents = nodes.reduce((sum, node) => sum + node.documents, folder.documents)
        return { folder, below: nodes, documents }
      })
  return below(null)
}

/** The folders from the root down to this one, itself included; empty where it is not there. */
export function wayTo(folders: readonly FolderShown[], id: string | null): FolderShown[] {
  const byId = new Map(folders.map((each) => [each.id, each]))
  const way: FolderShown[] = []
  let at = id === null ? undefined : byId.get(id)
  while (at !== undefined && !way.includes(at)) {
    way.unshift(at)
    at = at.parent === null ? undefined : byId.get(at.parent)
  }
  return way
}

/** Folders in the tree's order, each with how deep it stands: for choosing one. */
export function flatTree(nodes: readonly FolderNode[], depth = 0): [FolderShown, number][] {
  return nodes.flatMap((node) => [
    [node.folder, depth] as [FolderShown, number],
    ...flatTree(node.below, depth + 1),
  ])
}
