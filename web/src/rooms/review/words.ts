/** The words of the review room. */
import { en } from './wordsEn'
import { zh } from './wordsZh'

export const words = { zh, en }
