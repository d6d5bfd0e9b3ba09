/** The version that an edit was made on, as the server wants it. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` })
