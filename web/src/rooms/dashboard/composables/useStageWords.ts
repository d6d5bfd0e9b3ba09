/** What a stage's rule is called. */
import { useI18n } from 'vue-i18n'
import { useFieldWords } from '@/ui/fieldWords'
import { moneyText } from '@/ui/money'
import { useWords } from '@/ui/words'
import { ANY, type Stage, type StageName } from '../stageForm'
import { words } from '../words'

export function useStageWords() {
  const { t } = useWords(words)
  const { locale } = useI18n({ useScope: 'global' })
  const { kindName, qualityName } = useFieldWords()
  const any = (): string => t('stages.any')

  const kindOf = (kind: string): string => (kind === ANY ? any() : kindName(kind))
  const tierOf = (tier: string): string => (tier === ANY ? any() : qualityName(tier))
  const categoryOf = (category: string): string => (category === ANY ? any() : category)
  const ruleOf = (stage: Stage): string =>
    [kindOf(stage.kind), tierOf(stage.tier), categoryOf(stage.category)].join(' · ')
  const stageName = (stage: StageName): string => t(`stages.names.${stage}`)
  const aboutStage = (stage: StageName, amount: string): string =>
    t(`stages.about.${stage}`, { amount: moneyText(amount, locale.value) })
  return { t, locale, kindOf, tierOf, categoryOf, ruleOf, stageName, aboutStage }
}
