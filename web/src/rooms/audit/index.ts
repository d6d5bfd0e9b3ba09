import { Memo } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const audit: Room = {
  name: 'audit',
  path: '/audit',
  icon: Memo,
  needs: ['audit:read'],
  routes: [
    { path: '/audit', name: 'audit', component: () => import('./pages/AuditPage.vue') },
    { path: '/audit/check', name: 'audit-check', component: () => import('./pages/CheckPage.vue') },
    {
      path: '/audit/about/:subject',
      name: 'audit-story',
      component: () => import('./pages/StoryPage.vue'),
    },
  ],
}
