/** All words of the room at once, for what needs those of several parts. */
import { useWords } from '@/ui/words'
import { findWords } from './findWords'
import { viewWords } from './viewWords'
import { words } from './words'

export const roomWords = {
  zh: { shelf: words.zh, find: findWords.zh, view: viewWords.zh },
  en: { shelf: words.en, find: findWords.en, view: viewWords.en },
}

type Say = (key: string, named?: Record<string, unknown>, plural?: number) => string

export function useRoomWords() {
  const { t } = useWords(roomWords)
  const under =
    (part: keyof typeof roomWords.zh): Say =>
    (key, named = {}, plural) =>
      plural === undefined ? t(`${part}.${key}`, named) : t(`${part}.${key}`, named, plural)
  return { shelf: under('shelf'), find: under('find'), view: under('view') }
}
