//! What the commands answer that write tracking files or hooks.

use crate::model::{Standing, StoryId};
use crate::render::output::{
    AgentFileChanged, AgentsChanged, Archived, Completed, HooksChanged, Initialized, PreviousSession,
    Registered, Unregistered, Updated,
};

use super::SCHEMA;
use super::written::{List, Written, all, displayed, written};

written! { &Initialized as init =>
    "schema": SCHEMA,
    "tracking_dir": init.dir,
    "created": !init.made.is_empty(),
}

written! { &Registered as registered =>
    "schema": SCHEMA,
    "terminal": registered.terminal,
    "story": registered.story.as_str(),
    "file": registered.file,
    "created": registered.created,
    "files": registered.files,
    "known_stories"?: registered.unlisted,
    "previous"?: registered.previous.as_ref().map(Written),
}

written! { &PreviousSession as previous =>
    "story": previous.story.as_str(),
    "file": previous.file,
    "archived": previous.is_archived,
}

written! { &Updated as updated =>
    "schema": SCHEMA,
    "terminal": updated.terminal,
    "files": updated.files,
}

written! { &Unregistered as unregistered =>
    "schema": SCHEMA,
    "terminal": unregistered.terminal,
    "waiting": unregistered.waiting,
    "files": unregistered.files,
}

written! { &Completed as completed =>
    let found = completed.found.as_ref();
    "schema": SCHEMA,
    "terminal": completed.terminal,
    "story": completed.story.as_ref().map(StoryId::as_str),
    "status": "completed",
    "completed": completed.at,
    "unblocked": completed.unblocked,
    "ready": List(|| completed.startable.iter().map(StoryId::as_str)),
    "ready_to_merge": all(&completed.ready),
    "uncommitted": displayed(found.map_or(&[][..], |work| &work.uncommitted)),
    "files": completed.files,
    "not_ready"?: found.and_then(|work| match &work.standing {
        Standing::Held(reason) => Some(reason),
        Standing::Ready | Standing::NothingToMerge => None,
    }),
}

written! { &Archived as archived =>
    "schema": SCHEMA,
    "story": archived.story,
    "file": archived.file,
    "moved"?: archived.moved,
    "archived": archived.archived,
}

written! { &HooksChanged as changed =>
    "schema": SCHEMA,
    "folder": changed.folder,
    "hooks": all(&changed.hooks),
}

written! { &(&'static str, &'static str) as (hook, outcome) =>
    "name": hook,
    "outcome": outcome,
}

written! { &AgentsChanged as changed =>
    "schema": SCHEMA,
    "agents": all(&changed.agents),
}

written! { &AgentFileChanged as changed =>
    "agent": changed.agent,
    "file": changed.file,
    "part": changed.part,
    "outcome": changed.outcome,
}
