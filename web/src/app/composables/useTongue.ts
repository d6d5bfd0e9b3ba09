/** Switching the language: of this browser at once, and of the account behind it. */
import { usePreferences, type Language } from '../preferences'
import { useSession } from '../session'

export function useTongue() {
  const preferences = usePreferences()
  const session = useSession()

  async function speak(language: Language): Promise<void> {
    preferences.language = language
    if (!session.user || session.user.language === language) return
    // The page has switched already; mails follow when the account can be changed again.
    await session.changeMe({ language }).catch(reportError)
  }

  const toggle = (): Promise<void> => speak(preferences.language === 'zh' ? 'en' : 'zh')
  return { speak, toggle }
}
