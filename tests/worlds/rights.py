"""Role × action of every app as the design has it, written out beside the tables of the code: what
says no to a role here is tried, whatever a table says."""

RIGHTS = """\
accounts see_people: administrator auditor
accounts register_organisation: administrator
accounts create_person: administrator
accounts add_member: administrator
accounts grant_role: administrator
accounts revoke_role: administrator
accounts suspend_person: administrator
accounts reinstate_person: administrator
accounts reset_access: administrator
accounts confirm_reset: administrator auditor
law see_calendars: administrator auditor
law propose_calendar: administrator
law decide_calendar: administrator
documents deal_confirmation: auditor finance notice_clerk notice_reviewer supervisor
documents qualification: nobody
documents acceptance_notice: auditor department_reviewer section_chief supervisor window_clerk
documents grant_decision: auditor department_reviewer section_chief supervisor window_clerk
notices draft_notice: notice_clerk
notices edit_notice: notice_clerk
notices submit_notice: notice_clerk
notices approve_notice: notice_reviewer
notices return_notice: notice_reviewer
notices publish_notice: notice_reviewer
notices see_unpublished: auditor notice_clerk notice_reviewer supervisor
bidding place_offer: bidder
bidding join_room: bidder
bidding open_room: host
bidding announce: host
bidding pause_room: host
bidding resume_room: host
bidding ask_abort: host
bidding withdraw_abort: host
bidding confirm_abort: supervisor
bidding decline_abort: supervisor
bidding see_control: host supervisor
bidding see_presets: administrator auditor
bidding propose_preset: administrator
bidding decide_preset: administrator
approvals receive_case: window_clerk
approvals notify_correction: window_clerk
approvals accept_case: window_clerk
approvals refuse_case: window_clerk
approvals withdraw_case: window_clerk
approvals start_review: department_reviewer
approvals propose_decision: department_reviewer
approvals decide_case: section_chief
approvals return_proposal: section_chief
approvals see_cases: auditor department_reviewer section_chief supervisor window_clerk
approvals publish_item: administrator
trading register_project: notice_clerk
trading draft_lot: notice_clerk
trading edit_lot: notice_clerk
trading publish_lot: notice_clerk
trading note_contract: notice_clerk
trading see_drafts: auditor finance host notice_clerk notice_reviewer supervisor
trading register: bidder
trading type_reserve: bidder
trading withdraw_registration: bidder
trading import_bank: finance
trading refund_deposit: finance
trading see_deposits: auditor finance supervisor
trading see_running_deposits: finance
oversight see_ledger: auditor supervisor
oversight export_ledger: auditor supervisor
"""


def rights() -> dict[str, frozenset[str]]:
    rows = (line.split(": ") for line in RIGHTS.splitlines())
    return {row: frozenset(roles.split()) - {"nobody"} for row, roles in rows}
