/** The rooms that are there for whoever is signed in. */
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { ROOMS, type Room } from '../rooms'
import { useSession } from '../session'

export function useRooms() {
  const session = useSession()
  const route = useRoute()
  const rooms = computed(() => ROOMS.filter((room) => room.needs.some(session.may)))
  const isHere = (room: Room): boolean =>
    route.path === room.path || route.path.startsWith(`${room.path}/`)
  return { rooms, isHere }
}
