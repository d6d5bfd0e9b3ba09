/** The words of the room of rules. */
import { en } from './wordsEn'
import { zh } from './wordsZh'

export const words = { zh, en }
