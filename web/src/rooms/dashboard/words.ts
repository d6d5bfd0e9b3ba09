/** The words of the dashboard. */
import { en } from './wordsEn'
import { zh } from './wordsZh'

export const words = { zh, en }
