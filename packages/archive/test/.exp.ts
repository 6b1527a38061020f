import { writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { gzipBomb, archiveOf, member, pax, gzip, tarOf, END } from './tar-builder.ts'
import { packArchive } from '@aam/archive'
const run=(n:string,b:Uint8Array)=>{ writeFileSync('/tmp/exp/b',b); const t=Date.now(); console.log(n,b.length,execFileSync(process.execPath,['-C','@aam/source','--import','tsx',new URL('read-alone.ts',import.meta.url).pathname,'/tmp/exp/b'],{encoding:'utf8'}),Date.now()-t) }
run('tiny 50MB',gzipBomb(50,50<<20))
run('tiny 300MB',gzipBomb(300,300<<20))
run('1GB',gzipBomb(1024,1<<30))
run('10GB',gzipBomb(10240,0))
run('10GB honest',gzipBomb(10240,10*2**30))
run('isize0 60',gzipBomb(60,0))
run('isize0 300',gzipBomb(300,0))
run('isize0 1400',gzipBomb(1400,0))
const empty=member({name:'e'})
run('empties', gzip(Buffer.concat([...Array.from({length:20001},(_,i)=>member({name:'e'+i})),END])))
run('folders 20000', gzip(Buffer.concat([...Array.from({length:20000},(_,i)=>member({name:'e'+i+'/',type:'5'})),END])))
const mega = Buffer.concat(Array.from({length:1000},(_,i)=>member({name:'e'+i})))
run('1e6 empties', gzip(Buffer.concat([...Array.from({length:1000},()=>mega),END])))
run('deep',packArchive(Array.from({length:10000},(_,i)=>({path:String(i).padStart(5,'0')+'/a'.repeat(509),data:Buffer.of(),executable:false})),{seconds:0,archive:'x'}))
run('huge header', archiveOf(member({name:'x',size:100<<20})))
