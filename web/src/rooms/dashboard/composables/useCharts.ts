/** The dashboard's charts in the words and colours of the page. */
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFieldWords } from '@/ui/fieldWords'
import { findingsOf, kindsOf, latencyOf, perDayOf, type Say } from '../chartData'
import { useInk } from './useInk'
import type { Numbers } from './useNumbers'

/** `t`: that of the component's words. */
export function useCharts(numbers: Ref<Numbers>, t: (key: string) => string) {
  const { locale } = useI18n({ useScope: 'global' })
  const { findingName, kindName } = useFieldWords()
  const { ink, moves } = useInk()
  const say = computed<Say>(() => ({
    t,
    language: locale.value,
    findingName,
    kindName,
    ink: ink.value,
    moves: moves.value,
  }))
  return {
    perDay: computed(() => perDayOf(numbers.value, say.value)),
    findings: computed(() => findingsOf(numbers.value, say.value)),
    latency: computed(() => latencyOf(numbers.value, say.value)),
    kinds: computed(() => kindsOf(numbers.value, say.value)),
  }
}
