// The plugin of track-work for OpenCode, as `track-work hooks install --agent opencode` writes it. It tells the
// agent which lines of a file other terminals have changed. Where track-work is missing or fails, it does nothing.
import { spawn } from "node:child_process"

const TOOLS = ["read", "write", "edit", "multiedit", "patch", "apply_patch"]

function ask(name, cwd, session, tool, input) {
  if (!TOOLS.includes(tool)) return {}
  const event = { hook_event_name: name, session_id: session, cwd, tool_name: tool, tool_input: input }
  return new Promise((done) => {
    let said = ""
    const options = { cwd, stdio: ["pipe", "pipe", "ignore"], timeout: 10000 }
    const program = spawn("track-work", ["hooks", "run", "--agent", "opencode"], options)
    program.on("error", () => done({}))
    program.stdin.on("error", () => {})
    program.stdout.setEncoding("utf8")
    program.stdout.on("data", (piece) => (said += piece))
    program.on("close", () => {
      try {
        done(JSON.parse(said))
      } catch {
        done({})
      }
    })
    program.stdin.end(JSON.stringify(event))
  })
}

async function before(cwd, session, tool, input) {
  const { deny } = await ask("PreToolUse", cwd, session, tool, input)
  if (deny) throw new Error(deny)
}

async function after(cwd, session, tool, input) {
  return (await ask("PostToolUse", cwd, session, tool, input)).context
}

export default {
  id: "track-work",

  // OpenCode 1
  server: async ({ directory }) => ({
    "tool.execute.before": (call, { args }) => before(directory, call.sessionID, call.tool, args),
    "tool.execute.after": async (call, result) => {
      const context = await after(directory, call.sessionID, call.tool, call.args)
      if (context) result.output = `${result.output ?? ""}\n\n${context}`
    },
  }),

  // OpenCode 2
  setup: async (host) => {
    const folder = async (sessionID) => {
      const session = await host.session.get({ sessionID }).catch(() => undefined)
      return session?.location?.directory ?? process.cwd()
    }
    await host.tool.hook("execute.before", async (call) =>
      before(await folder(call.sessionID), call.sessionID, call.tool, call.input),
    )
    await host.tool.hook("execute.after", async (call) => {
      if (call.status !== "completed") return
      const context = await after(await folder(call.sessionID), call.sessionID, call.tool, call.input)
      const { content } = call.result
      if (!context) return
      if (Array.isArray(content)) content.push({ type: "text", text: context })
      else call.result = { ...call.result, content: `${content ?? ""}\n\n${context}` }
    })
  },
}
