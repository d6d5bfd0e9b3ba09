/** Asking in the open conversation: send, stop, again, edited; and how far the answer is. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { dataUri, type Ready } from '../intake/prepared'
import { askDesk } from '../talk/asking'
import {
  bodyOf,
  freshId,
  noAnswer,
  picturesOf,
  type Answer,
  type Conversation,
  type Turn,
} from '../talk/conversation'
import { nothingHeard, type Heard } from '../talk/heard'
import type { Pictures } from './usePictures'
import type { Talks } from './useTalks'

export function useAsking(
  talks: Talks,
  pictures: Pictures,
  answered: (turn: Turn, answer: Answer) => void,
) {
  /** The turn that is being answered, and what was heard of it. */
  const busy = ref('')
  const heard = shallowRef<Heard>(nothingHeard())
  const began = ref(0)
  let abort: AbortController | null = null
  let frame = 0

  function hear(next: Heard): void {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => (heard.value = next))
  }

  /** Answer the last turn of a conversation. */
  async function answer(conversation: Conversation, anew: boolean): Promise<void> {
    const turn = conversation.turns.at(-1)
    if (turn === undefined || busy.value !== '') return
    const stopping = new AbortController()
    abort = stopping
    busy.value = turn.id
    began.value = Date.now()
    heard.value = nothingHeard()
    turn.answer = noAnswer()
    await talks.keep(conversation)
    const told = await tell(pictures, conversation, anew, { signal: stopping.signal, heard: hear })
    cancelAnimationFrame(frame)
    turn.answer = told
    busy.value = ''
    abort = null
    answered(turn, told)
    await talks.keep(conversation)
  }

  async function ask(question: string, ready: readonly Ready[], model: string): Promise<void> {
    const conversation = talks.current.value
    for (const { picture, file } of ready) {
      pictures.hold(picture.id, file)
      await talks.attempt((shelf) => shelf.keepPicture(picture, file))
    }
    conversation.turns.push({
      id: freshId(),
      question,
      pictures: ready.map((each) => each.picture),
      model,
      answer: noAnswer(),
    })
    await answer(conversation, false)
  }

  /** The same once more: thought over anew where there was an answer. */
  async function again(model: string): Promise<void> {
    const turn = talks.current.value.turns.at(-1)
    if (turn === undefined) return
    const anew = turn.answer.state === 'done' && turn.model === model
    turn.model = model
    await answer(talks.current.value, anew)
  }

  /** A question asked differently: what came after it goes, its pictures stay. */
  async function edit(id: string, question: string, model: string): Promise<void> {
    const conversation = talks.current.value
    const at = conversation.turns.findIndex((turn) => turn.id === id)
    const turn = conversation.turns[at]
    if (turn === undefined || busy.value !== '') return
    const gone = conversation.turns.splice(at + 1)
    turn.question = question
    turn.model = model
    const ids = gone.flatMap((each) => each.pictures.map((picture) => picture.id))
    await talks.attempt((shelf) => shelf.dropPictures(ids))
    await answer(conversation, false)
  }

  const stop = (): void => abort?.abort()
  onScopeDispose(stop)
  return { busy, heard, began, asking: computed(() => busy.value !== ''), ask, again, edit, stop }
}

async function tell(
  pictures: Pictures,
  conversation: Conversation,
  anew: boolean,
  listening: { signal: AbortSignal; heard: (heard: Heard) => void },
): Promise<Answer> {
  const uris = new Map<string, string>()
  for (const picture of picturesOf(conversation)) {
    const file = await pictures.blob(picture.id).catch(() => null)
    if (file === null) return lost()
    uris.set(picture.id, await dataUri(new Blob([file], { type: picture.type })))
  }
  const body = bodyOf(conversation.turns, (picture) => uris.get(picture.id) ?? '', anew)
  return askDesk(body, { conversation: conversation.id, ...listening })
}

const lost = (): Answer => ({
  ...noAnswer(),
  state: 'broken',
  trouble: { status: 0, code: 'pictures_lost', message: '' },
})
