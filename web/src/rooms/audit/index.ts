import { Memo } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const audit: Room = {
  name: 'audit',
  path: '/audit',
  icon: Memo,
  needs: ['audit:read'],
  routes: [{ path: '/audit', name: 'audit', component: () => import('./pages/AuditPage.vue') }],
}
