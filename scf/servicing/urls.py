"""Addresses of the servicing."""

from django.urls import path

from .views import (
    changes,
    desk,
    exports,
    files,
    incoming,
    loan_page,
    loans,
    papers,
    payers,
    rates,
    reconciliation,
    reports,
)

app_name = "servicing"
urlpatterns = [
    path("loans/", loans.LoanList.as_view(), name="loan-list"),
    path("loans/<str:number>/", loan_page.LoanPage.as_view(), name="loan"),
    path("loans/<str:number>/statement.pdf", files.LoanStatement.as_view(), name="loan-statement"),
    path("loans/<str:number>/refund/", reconciliation.Refund.as_view(), name="refund"),
    path("loans/<str:number>/change/", changes.ChangeNew.as_view(), name="change-new"),
    path("changes/", changes.ChangeList.as_view(), name="change-list"),
    path("changes/<int:pk>/", changes.ChangePage.as_view(), name="change"),
    path("suppliers/<slug:code>/statement.pdf", files.SupplierStatement.as_view(), name="supplier-statement"),
    path("loans/<str:number>/repayment-notice.pdf", papers.RepaymentNotice.as_view(), name="repayment-notice"),
    path("loans/<str:number>/overdue-notice.pdf", papers.OverdueNotice.as_view(), name="overdue-notice"),
    path(
        "loans/<str:number>/settlement-certificate.pdf",
        papers.SettlementCertificate.as_view(),
        name="settlement-certificate",
    ),
    path(
        "suppliers/<slug:code>/interest-certificate.pdf",
        papers.InterestCertificate.as_view(),
        name="interest-certificate",
    ),
    path("lenders/<slug:code>/portfolio.pdf", papers.PortfolioReport.as_view(), name="portfolio-report"),
    path("reconciliation/", reconciliation.Reconciliation.as_view(), name="reconciliation"),
    path("reconciliation/upload/", reconciliation.Upload.as_view(), name="statement-upload"),
    path("reconciliation/fetch/", reconciliation.Fetch.as_view(), name="statement-fetch"),
    path("reconciliation/payments/<int:pk>/", incoming.Incoming.as_view(), name="incoming"),
    path("reconciliation/desk/", desk.Desk.as_view(), name="desk"),
    path("reconciliation/payers/", payers.Payers.as_view(), name="payers"),
    path("reports/", reports.ReportList.as_view(), name="report-list"),
    path("reports/trial-balance/", reports.TrialBalance.as_view(), name="trial-balance"),
    path("reports/subledger/", reports.Subledger.as_view(), name="subledger"),
    path("reports/arrears/", reports.Arrears.as_view(), name="arrears"),
    path("reports/due-calendar/", reports.DueCalendar.as_view(), name="due-calendar"),
    path("reports/accrual/", reports.AccrualByDay.as_view(), name="accrual"),
    path("rates/", rates.RateList.as_view(), name="rate-list"),
    path("rates/enter/", rates.Enter.as_view(), name="rate-enter"),
    path("rates/upload/", rates.Upload.as_view(), name="rate-upload"),
    path("rates/decide/", rates.Decide.as_view(), name="rate-decide"),
    path("exports/", exports.ExportList.as_view(), name="export-list"),
    path("exports/one/", exports.OneStatement.as_view(), name="export-one"),
    path("exports/<int:pk>/", exports.ExportRow.as_view(), name="export-row"),
    path("exports/<int:pk>/file/", exports.ExportFile.as_view(), name="export-file"),
]
