import { ChatDotRound } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const ask: Room = {
  name: 'ask',
  path: '/ask',
  icon: ChatDotRound,
  needs: ['models:ask'],
  routes: [{ path: '/ask', name: 'ask', component: () => import('./pages/AskPage.vue') }],
}
