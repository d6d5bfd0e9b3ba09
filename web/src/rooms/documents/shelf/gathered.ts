/** Files that are dropped or chosen, each with its path in the folder that it came from. */

export interface Gathered {
  file: File
  /** Of the file, its name last: `Contracts/2025/a.pdf`. */
  path: string
}

export const GATHERED_MAX = 5_000
/** What systems leave in folders. */
const LITTER = /^(\.|~\$|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i

export const isLitter = (path: string): boolean => path.split('/').some((name) => LITTER.test(name))

/** Files of a chooser, of a folder's too (`webkitRelativePath`). */
export const chosen = (files: Iterable<File>): Gathered[] =>
  [...files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !isLitter(path))

type Entries = Pick<DataTransfer, 'items' | 'files'>

/** What was dropped, folders opened all the way down. To be called at once: a drop is gone soon. */
export async function dropped(data: Entries): Promise<{ files: Gathered[]; cut: boolean }> {
  const entries = [...data.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry ? [entry] : []
  })
  if (entries.length === 0) return { files: chosen(data.files), cut: false }
  const found: Gathered[] = []
  const open = [...entries]
  while (open.length > 0 && found.length < GATHERED_MAX) {
    const entry = open.shift()
    if (entry === undefined || isLitter(entry.name)) continue
    if (isFolder(entry)) open.push(...(await childrenOf(entry)))
    else if (isFile(entry)) found.push({ file: await fileOf(entry), path: pathOf(entry) })
  }
  return { files: found, cut: open.length > 0 }
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const pathOf = (entry: FileSystemEntry): string => entry.fullPath.replace(/^\/+/, '')

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

/** Browsers tell a hundred at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0 || all.length > GATHERED_MAX) return all
    all.push(...some)
  }
}
