import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

// node delay-proxy.ts PORT UPSTREAM MILLISECONDS: passes TCP on, each byte after half of that time in each direction, as a
// line of that round trip would. It has as much bandwidth as the machine gives.
const [port, upstream, milliseconds] = process.argv.slice(2).map(Number) as [number, number, number]

createServer((client) => {
  const server = connect(upstream, '127.0.0.1')
  late(client, server)
  late(server, client)
}).listen(port, '127.0.0.1')

function late (from: Socket, to: Socket): void {
  from.setNoDelay(true)
  from.on('data', (bytes) => { setTimeout(() => to.write(bytes), milliseconds / 2) })
  from.on('end', () => { setTimeout(() => to.end(), milliseconds / 2) })
  from.on('error', () => to.destroy())
}
