/** The conversations of a person: the open one, and those before it. */
import { computed, ref, shallowRef } from 'vue'
import { freshConversation, type Conversation } from '../talk/conversation'
import { settled } from '../talk/settled'
import { openShelf, passingShelf, type Shelf } from '../talk/shelf'

export type Talks = ReturnType<typeof useTalks>

export function useTalks(owner: string) {
  const shelf: Promise<Shelf> = openShelf(owner).catch(() => passingShelf())
  const kept = ref<Conversation[]>([])
  const current = ref<Conversation>(freshConversation(Date.now()))
  const lasting = ref(true)
  /** Why the last change could not be kept. */
  const trouble = shallowRef<unknown>(null)

  const loaded = shelf.then(async (opened) => {
    lasting.value = opened.lasting
    kept.value = (await opened.conversations()).map(settled)
  })

  async function attempt(work: (opened: Shelf) => Promise<void>): Promise<void> {
    try {
      await work(await shelf)
      trouble.value = null
    } catch (error) {
      trouble.value = error
    }
  }
  /** Write a conversation down; it moves to the front if something was said. */
  async function keep(conversation: Conversation, said = true): Promise<void> {
    if (said) {
      conversation.at = Date.now()
      kept.value = [conversation, ...kept.value.filter((each) => each.id !== conversation.id)]
    }
    await attempt((opened) => opened.keep(conversation))
  }
  function fresh(): void {
    if (current.value.turns.length > 0) current.value = freshConversation(Date.now())
  }
  function open(id: string): boolean {
    const found = kept.value.find((each) => each.id === id)
    if (found !== undefined) current.value = found
    return found !== undefined
  }
  async function rename(conversation: Conversation, title: string): Promise<void> {
    conversation.title = title
    conversation.named = title !== ''
    await keep(conversation, false)
  }
  async function remove(conversation: Conversation): Promise<void> {
    kept.value = kept.value.filter((each) => each.id !== conversation.id)
    if (current.value.id === conversation.id) current.value = freshConversation(Date.now())
    await attempt((opened) => opened.drop(conversation))
  }
  async function removeAll(): Promise<void> {
    kept.value = []
    current.value = freshConversation(Date.now())
    await attempt((opened) => opened.clear())
  }
  const isEmpty = computed(() => current.value.turns.length === 0)

  return {
    shelf,
    loaded,
    kept,
    current,
    lasting,
    trouble,
    isEmpty,
    attempt,
    keep,
    fresh,
    open,
    rename,
    remove,
    removeAll,
  }
}
