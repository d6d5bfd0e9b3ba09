/** Where conversations are kept: the browser's own database, apart for each person. */
import { openDB, type DBSchema } from 'idb'
import { picturesOf, type Conversation, type Picture } from './conversation'

/** The oldest go first. */
export const CONVERSATIONS_MAX = 200

interface KeptPicture {
  id: string
  owner: string
  type: string
  data: ArrayBuffer
}

interface Shelves extends DBSchema {
  conversations: {
    key: string
    value: Conversation & { owner: string }
    indexes: { owner: string }
  }
  pictures: { key: string; value: KeptPicture; indexes: { owner: string } }
}

export interface Shelf {
  /** Whether it outlives the page. */
  readonly lasting: boolean
  /** All of them, the newest first. */
  conversations(): Promise<Conversation[]>
  keep(conversation: Conversation): Promise<void>
  keepPicture(picture: Picture, file: Blob): Promise<void>
  picture(id: string): Promise<Blob | null>
  dropPictures(ids: readonly string[]): Promise<void>
  /** A conversation with its pictures. */
  drop(conversation: Conversation): Promise<void>
  clear(): Promise<void>
}

const newestFirst = (one: Conversation, other: Conversation): number => other.at - one.at
const idsOf = (conversation: Conversation): string[] =>
  picturesOf(conversation).map((picture) => picture.id)
/** What the page holds is reactive, and such cannot be stored. */
const plain = (conversation: Conversation): Conversation =>
  JSON.parse(JSON.stringify(conversation)) as Conversation

const unowned = ({ id, title, named, turns, at }: Conversation): Conversation => ({
  id,
  title,
  named,
  turns,
  at,
})

/** One person's shelf. Bytes are kept as buffers: not every browser keeps blobs. */
export async function openShelf(owner: string): Promise<Shelf> {
  const database = await openDB<Shelves>('yuepi-ask', 1, {
    upgrade(fresh) {
      const conversations = fresh.createObjectStore('conversations', { keyPath: 'id' })
      conversations.createIndex('owner', 'owner')
      fresh.createObjectStore('pictures', { keyPath: 'id' }).createIndex('owner', 'owner')
    },
  })
  const all = async (): Promise<Conversation[]> => {
    const kept = await database.getAllFromIndex('conversations', 'owner', owner)
    return kept.map(unowned).sort(newestFirst)
  }
  const drop = async (conversation: Conversation): Promise<void> => {
    const whole = database.transaction(['conversations', 'pictures'], 'readwrite')
    void whole.objectStore('conversations').delete(conversation.id)
    for (const id of idsOf(conversation)) void whole.objectStore('pictures').delete(id)
    await whole.done
  }
  return {
    lasting: true,
    conversations: all,
    drop,
    async keep(conversation) {
      await database.put('conversations', { ...plain(conversation), owner })
      const count = await database.countFromIndex('conversations', 'owner', owner)
      if (count <= CONVERSATIONS_MAX) return
      for (const old of (await all()).slice(CONVERSATIONS_MAX)) await drop(old)
    },
    async keepPicture(picture, file) {
      const data = await file.arrayBuffer()
      await database.put('pictures', { id: picture.id, owner, type: picture.type, data })
    },
    async picture(id) {
      const found = await database.get('pictures', id)
      return found?.owner === owner ? new Blob([found.data], { type: found.type }) : null
    },
    async dropPictures(ids) {
      for (const id of ids) await database.delete('pictures', id)
    },
    async clear() {
      const whole = database.transaction(['conversations', 'pictures'], 'readwrite')
      const [conversations, pictures] = [
        await whole.objectStore('conversations').index('owner').getAllKeys(owner),
        await whole.objectStore('pictures').index('owner').getAllKeys(owner),
      ]
      for (const key of conversations) void whole.objectStore('conversations').delete(key)
      for (const key of pictures) void whole.objectStore('pictures').delete(key)
      await whole.done
    },
  }
}

/** In place of it where the browser keeps nothing (some do not in private windows). */
export function passingShelf(): Shelf {
  const conversations = new Map<string, Conversation>()
  const pictures = new Map<string, Blob>()
  return {
    lasting: false,
    conversations: async () => [...conversations.values()].sort(newestFirst),
    keep: async (conversation) => void conversations.set(conversation.id, plain(conversation)),
    keepPicture: async (picture, file) => void pictures.set(picture.id, file),
    picture: async (id) => pictures.get(id) ?? null,
    dropPictures: async (ids) => ids.forEach((id) => pictures.delete(id)),
    async drop(conversation) {
      conversations.delete(conversation.id)
      idsOf(conversation).forEach((id) => pictures.delete(id))
    },
    async clear() {
      conversations.clear()
      pictures.clear()
    },
  }
}
