import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillUnmount, status, useState } from "@odoo/owl";

// Often enough to look alive, seldom enough to cost the server nothing that matters.
const POLL_MS = 2_000;

/**
 * Keeps a form that shows an active sync up to date, by reading the record again.
 *
 * It stays invisible; the fields themselves show what was read. A record that somebody
 * edits is left alone, and so is the server while nobody looks at the page.
 */
export class GhlSyncWatcher extends Component {
    static template = "ghl_contact_sync.SyncWatcher";
    static props = { ...standardWidgetProps, activeField: { type: String } };

    setup() {
        this.state = useState({ active: false });
        useRecordObserver((record) => {
            this.state.active = Boolean(record.data[this.props.activeField]);
            this.schedule();
        });
        onWillUnmount(() => clearTimeout(this.timer));
    }

    schedule() {
        clearTimeout(this.timer);
        this.timer = this.state.active ? setTimeout(() => this.poll(), POLL_MS) : undefined;
    }

    async poll() {
        const { record } = this.props;
        try {
            if (!document.hidden && record.resId && !(await record.isDirty())) {
                await record.load();
            }
        } catch (error) {
            // The network comes back; any other trouble would come back every time.
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
        if (status(this) !== "destroyed") {
            this.schedule();
        }
    }
}

registry.category("view_widgets").add("ghl_sync_watcher", {
    component: GhlSyncWatcher,
    extractProps: ({ attrs }) => ({ activeField: attrs.active_field }),
});
