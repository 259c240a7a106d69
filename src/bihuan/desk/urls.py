"""Addresses of the desk."""

from django.urls import include, path

from bihuan.desk import (
    acts,
    attachments,
    board,
    case,
    duties,
    importing,
    notices,
    oversight,
    records,
    register,
    taking_out,
    together,
    work,
)

urlpatterns = [
    path("", work.my_work, name="desk"),
    path("cases", work.all_cases, name="cases"),
    path("cases/export", taking_out.take_out, name="cases-export"),
    path("together", together.act_on_several, name="together"),
    path("board", board.board, name="board"),
    path("register", register.register, name="register"),
    path("case/<int:case_id>", case.case, name="case"),
    path("case/<int:case_id>/act/<str:thread>/<slug:action>", acts.act, name="act"),
    path("case/<int:case_id>/file/<int:file_id>", attachments.download, name="file"),
    path("case/<int:case_id>/file/<int:file_id>/thumb", attachments.thumb, name="file-thumb"),
    path("case/<int:case_id>/unmask", acts.unmask, name="unmask"),
    path("case/<int:case_id>/slip", acts.slip_again, name="slip"),
    path("records", records.records, name="records"),
    path("records/new", records.new_record, name="record-new"),
    path("records/<int:record_id>/raise", records.raise_record, name="record-raise"),
    path("import", importing.upload, name="import"),
    path("import/<str:token>", importing.take, name="import-take"),
    path("", include("bihuan.desk.people_urls")),
    path("looks", oversight.looks, name="looks"),
    path("ledger", oversight.ledger_state, name="ledger"),
    path("notices", notices.notices, name="notices"),
    path("notices/<int:notice_id>", notices.open_notice, name="notice"),
    path("duties", duties.duties, name="duties"),
    path("admin/", include("bihuan.desk.admin.urls")),
]
