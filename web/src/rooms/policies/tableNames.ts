/** What tables are called: the shipped ones in the page's language, others by their own names. */
import { words } from './words'

/** t: of the room's words. */
export const tableNames =
  (t: (key: string) => string) =>
  (table: { id: string; name: string }): string =>
    table.name in words.zh.tables ? t(`tables.${table.name}`) : table.name
